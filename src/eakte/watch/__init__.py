"""How the service is watched: metrics, traces, logs. None of them ever holds content or names, only ids and counts."""
