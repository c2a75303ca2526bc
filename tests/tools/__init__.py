"""What makes shipped files out of other people's, run by hand."""
