"""Starts and watches the processes of one machine: private PostgreSQL, API, worker."""
