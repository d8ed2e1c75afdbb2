//! A believable organisation from a fixed seed, with known violations planted.
