"""Resumable uploads by tus 1.0: what has arrived of a file stays, and becomes a received file when it is whole."""
