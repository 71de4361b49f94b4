"""The words of the product as frozen dataclasses and named tuples: standard library only, no behaviour beyond small derivations."""
