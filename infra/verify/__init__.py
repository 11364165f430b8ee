"""Walking the whole log and what was made of it: the first position that is wrong, and what is wrong."""
