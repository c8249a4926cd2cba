"""The control plane: what there is to call, as lists and single resources."""
