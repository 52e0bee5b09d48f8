"""Events: what an operator should see. Everybody may note one."""
