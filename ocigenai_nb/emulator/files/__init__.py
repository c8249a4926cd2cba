"""Files and vector stores: ``/openai/v1/files``, ``.../vector_stores``, and the search in them."""
