"""The REST interface, a module a subject."""
