"""HiR inside other people's trainers."""
