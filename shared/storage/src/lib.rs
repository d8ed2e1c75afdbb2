//! The Locker, the Table and the Custodian: the only crate that names where evidence is kept.
