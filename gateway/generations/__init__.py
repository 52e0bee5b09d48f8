"""Which store this is, and its generations: each restore begins a new one."""
