//! How a value that is shared is written in the journal: as itself.

use std::sync::Arc;

use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as Unreadable,
    encode::{Error, Write},
};

/// Writes the value.
pub fn encode<C, T: Encode<C>, W: Write>(
    value: &Arc<T>,
    encoder: &mut Encoder<W>,
    context: &mut C,
) -> Result<(), Error<W::Error>> {
    T::encode(value, encoder, context)
}

/// Reads the value.
pub fn decode<'b, C, T: Decode<'b, C>>(
    decoder: &mut Decoder<'b>,
    context: &mut C,
) -> Result<Arc<T>, Unreadable> {
    T::decode(decoder, context).map(Arc::new)
}
