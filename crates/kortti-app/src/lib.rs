//! The use cases: issue, update and read cards, customers and accounts; keys and clients.
