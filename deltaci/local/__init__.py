"""The embedded stack: `delta-ci up` supervises every part of the product as child processes."""
