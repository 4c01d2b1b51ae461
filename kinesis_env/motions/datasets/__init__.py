"""Many motions at once: the generated benchmark, KIT-Locomotion, and folders of recordings."""
