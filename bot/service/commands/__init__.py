"""The commands that a comment can give: a module for each, and ``table`` with all of them."""
