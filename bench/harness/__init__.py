"""The benchmark beside the peers: what is measured, how, and the page that says it."""
