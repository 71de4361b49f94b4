"""What Kubernetes says about objects: fields that never change, where pods are described, kinds without namespace."""
