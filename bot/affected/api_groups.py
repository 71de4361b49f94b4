"""API groups of what delivers: Argo CD's and Flux's."""

# One is in the API group of whatever declares something to be rendered, or names a source.
DELIVERS = ("argoproj.io", "fluxcd.io", "controlplane.io")
