"""HiR on verl: data, replays, and a launch script. See README.md here for what of it was run."""
