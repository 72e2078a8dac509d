"""Are two Python values the same? Runs in the environment of the kernel, with whatever libraries the values need."""
