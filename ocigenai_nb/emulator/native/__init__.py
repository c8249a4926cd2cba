"""The native API: ``POST /20231130/actions/chat`` in its three formats."""
