"""``gatehouse doctor``: what is missing, on this machine, at the forges and in each repository. It looks, and changes
nothing but the clones that the service would make as well."""
