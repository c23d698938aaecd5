//! Everything that touches a clear card number, a key or a secret.
