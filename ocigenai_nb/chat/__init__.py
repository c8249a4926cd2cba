"""What a conversation is: the connection, its turns and their replies."""
