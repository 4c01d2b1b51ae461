"""The musculoskeletal model: anatomy tables, the builder of the asset, names and muscles."""
