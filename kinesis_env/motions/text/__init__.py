"""From words to motions: the grammar that is built in, and generators of others."""
