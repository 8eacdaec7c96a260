use atelier_adapter_credentials::AesGcmSealer;
use atelier_domain::dataservice::{STREAM_HEADER, STREAM_TAG, StreamError, StreamSealer};
use proptest::prelude::*;

fn sealer(setting: &str) -> AesGcmSealer {
    AesGcmSealer::new(&setting.into()).unwrap()
}

/// A sealed stream: its header and its pieces.
fn sealed(sealer: &AesGcmSealer, context: &str, pieces: &[Vec<u8>]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (header, mut sealing) = sealer.seal_stream(context);
    let (last, others) = pieces.split_last().unwrap();
    let mut sealed: Vec<_> = others.iter().map(|piece| sealing.next(piece).unwrap()).collect();
    sealed.push(sealing.last(last).unwrap());
    (header, sealed)
}

fn opened(sealer: &AesGcmSealer, context: &str, header: &[u8], pieces: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, StreamError> {
    let mut opening = sealer.open_stream(context, header)?;
    let (last, others) = pieces.split_last().ok_or(StreamError::Changed)?;
    let mut plain = others.iter().map(|piece| opening.next(piece)).collect::<Result<Vec<_>, _>>()?;
    plain.push(opening.last(last)?);
    Ok(plain)
}

fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..6)
}

proptest! {
    #[test]
    fn a_stream_opens_piece_by_piece_and_every_change_is_noticed(
        plain in pieces(), at: prop::sample::Index, other: prop::sample::Index, byte: prop::sample::Index, bit in 0_u8..8,
    ) {
        let sealer = sealer("a key");
        let (header, sealed) = sealed(&sealer, "backup/1", &plain);
        prop_assert_eq!(header.len(), STREAM_HEADER);
        prop_assert_eq!(sealed[0].len(), plain[0].len() + STREAM_TAG);
        prop_assert_eq!(opened(&sealer, "backup/1", &header, &sealed), Ok(plain));
        prop_assert_eq!(opened(&sealer, "backup/2", &header, &sealed), Err(StreamError::Changed));
        // cut off between two pieces, and within one
        let (at, other) = (at.index(sealed.len()), other.index(sealed.len()));
        prop_assert!(opened(&sealer, "backup/1", &header, &sealed[..at]).is_err());
        let mut changed = sealed.clone();
        changed[at].pop();
        prop_assert!(opened(&sealer, "backup/1", &header, &changed).is_err());
        // a flipped bit, in a piece and in the header
        let mut changed = sealed.clone();
        let byte_at = byte.index(changed[at].len());
        changed[at][byte_at] ^= 1 << bit;
        prop_assert!(opened(&sealer, "backup/1", &header, &changed).is_err());
        let mut flipped = header.clone();
        flipped[byte.index(STREAM_HEADER)] ^= 1 << bit;
        prop_assert!(opened(&sealer, "backup/1", &flipped, &sealed).is_err());
        // another order, a piece twice, one left out, one more
        if at != other {
            let mut changed = sealed.clone();
            changed.swap(at, other);
            prop_assert!(opened(&sealer, "backup/1", &header, &changed).is_err());
        }
        let mut changed = sealed.clone();
        changed.insert(at, sealed[at].clone());
        prop_assert!(opened(&sealer, "backup/1", &header, &changed).is_err());
        let mut changed = sealed;
        changed.remove(at);
        prop_assert!(opened(&sealer, "backup/1", &header, &changed).is_err());
    }
}

#[test]
fn a_stream_of_a_key_that_is_not_there_says_which_and_a_renewed_key_opens_older_ones() {
    let plain = vec![b"rows".to_vec(), b"more rows".to_vec()];
    let old = sealer("old");
    let (header, pieces) = sealed(&old, "c", &plain);
    assert_eq!(opened(&sealer("new"), "c", &header, &pieces), Err(StreamError::UnknownKey(old.key_id())));
    assert_eq!(opened(&sealer("new, old"), "c", &header, &pieces), Ok(plain.clone()));
    let (again, others) = sealed(&old, "c", &plain);
    assert!(again != header && others != pieces, "every stream has a key of its own");
}
