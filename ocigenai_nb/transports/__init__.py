"""How bytes travel: credentials, the transports, and the thread that carries them."""
