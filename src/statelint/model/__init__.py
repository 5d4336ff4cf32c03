"""The values that cross a layer: frozen, plain, standard library only."""
