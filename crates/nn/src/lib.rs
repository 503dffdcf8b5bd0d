//! Layers, losses, initialisers, optimisers and state dicts.
#![forbid(unsafe_code)]
