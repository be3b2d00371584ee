"""The engine against its peers: what is timed (case.py), by whom (peer_*.py), how (timing.py), and the verdicts."""
