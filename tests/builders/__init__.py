"""Small homes, documents and clocks that the tests share."""
