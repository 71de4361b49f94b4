"""The words of the product as frozen dataclasses and named tuples: only standard library, only small derivations."""
