"""Shop front: catalogue, carts, orders and live stock."""
