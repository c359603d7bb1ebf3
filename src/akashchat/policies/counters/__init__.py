"""Who has asked for how much: counted in this process, or for many of them together."""
