"""What is said of a unit whose Flux object decrypts what SOPS encrypted."""

ENCRYPTED = "values encrypted with SOPS stay encrypted here: only that they differ is seen"
