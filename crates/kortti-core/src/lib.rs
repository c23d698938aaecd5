//! The pure domain: cards, accounts, customers, limits, commands, events.
