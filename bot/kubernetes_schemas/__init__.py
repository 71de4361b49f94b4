"""What the API server of a Kubernetes version accepts: built-in kinds from bundled schemas, custom kinds from their CRDs.

- ``versions``     Kubernetes versions, and the bundled one that stands for each
- ``bundled``      the schemas that come with Gatehouse, one validator per kind and version, made when first asked for
- ``structural``   the schema of a CRD, as the API server reads it, to a JSON Schema
- ``definitions``  CRDs: what they define, and which validator judges their objects
- ``lifecycle``    API versions that were removed or are deprecated, and what replaces them
- ``validator``    the one module that knows the JSON Schema engine
- ``sentences``    what the engine finds, as one ``Problem`` for each mistake

A library: it knows values, not units, checks or reports.
"""
