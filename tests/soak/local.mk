# tests/soak: hours of the running daemon among servers of every kind; a minute of it by tests/integration.
EXTRA_DIST += %D%/run %D%/accounts.py %D%/consumers.py %D%/curve.py %D%/misbehaviour.py %D%/publishers.py %D%/world.py
