"""The index: fed after every change, asked by people, seen by no other room."""
