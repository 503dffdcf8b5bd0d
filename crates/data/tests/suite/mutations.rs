//! Damaged files: whatever bytes are flipped, cut or added, reading ends in data or in an error, never in a panic.

use crate::common;

use common::*;
use proptest::prelude::*;
use std::sync::OnceLock;

/// A valid file of each format.
fn seeds() -> &'static [(&'static str, Vec<u8>)] {
    static SEEDS: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let pixels: Vec<u8> = (0..24).collect();
        let floats: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
        let table = npy("<f4", "(2, 3)", &floats);
        let read = |name| std::fs::read(fixture(name)).unwrap();
        vec![
            ("a.idx", idx(&[2, 3, 4], &pixels)),
            ("b.gz", gzip(&idx(&[2, 3, 4], &pixels))),
            ("c.npy", table.clone()),
            ("d.npy", read("fortran.npy")),
            ("e.npy", read("version2.npy")),
            (
                "f.npz",
                zip(&[("X.npy", &table), ("y.npy", &npy("|i1", "(2,)", &[1, 0]))]),
            ),
            ("g.npz", read("labelled.npz")),
            ("h.npz", read("keras.npz")),
            ("i.csv", b"a,b,c\n1,2,3\n4.5,-6e3,\"7\"\n".to_vec()),
            ("j.csv", b"1;2\r\n\r\n255;256\r\n".to_vec()),
            ("k.csv.gz", gzip(b"a\tb\n1\t2\n")),
            ("l.csv", b"file,a\nx.png,1\n\"y, z.png\",2\n".to_vec()),
            ("l.png", read("images/rgba.png")),
            ("m.png", read("images/palette.png")),
            ("n.jpg", read("images/grey.jpg")),
            ("o.jpg", read("images/rgb.jpg")),
            ("p.jpg", read("images/progressive.jpg")),
        ]
    })
}

#[test]
fn every_format_of_files_has_a_seed() {
    for format in latents_data::formats().filter(|format| format.form() == latents_data::Form::File) {
        let is_seed = |name: &str| {
            format
                .extensions
                .iter()
                .any(|extension| name.ends_with(extension))
        };
        assert!(seeds().iter().any(|(name, _)| is_seed(name)), "{}", format.name);
    }
}

#[derive(Clone, Debug)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        4 => (place(), prop_oneof![any::<u8>(), Just(0), Just(255), Just(b'(')]).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        4 => (place(), 0..8u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        1 => place().prop_map(Mutation::Cut),
        1 => (place(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        1 => (place(), 1..9usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, mutation: &Mutation) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match mutation {
        Mutation::Set(at, byte) => bytes[at.index(length)] = *byte,
        Mutation::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
        Mutation::Cut(at) => bytes.truncate(at.index(length)),
        Mutation::Insert(at, new) => {
            let at = at.index(length);
            bytes.splice(at..at, new.iter().copied());
        }
        Mutation::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..(at + count).min(length));
        }
    }
}

/// Reads a file in every way and uses what comes out.
fn exercise(path: &str) {
    for spec in [path.to_owned(), format!("{path}:X")] {
        for label in [None, Some("a"), Some("-1"), Some("y")] {
            let loaded = match label {
                None => load(&spec),
                Some(label) => load_labelled(&spec, label),
            };
            match loaded {
                Ok(loaded) => {
                    let text = loaded.describe();
                    assert!(!text.is_empty());
                    assert!(
                        loaded
                            .train
                            .gather::<f32>(&[0])
                            .to_vec()
                            .iter()
                            .all(|y| y.is_finite())
                    );
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
    let _ = latents_data::read_npy::<f32>(path);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        seed in 0..17usize,
        mutations in prop::collection::vec(mutation(), 1..5),
    ) {
        let folder = Folder::new();
        let (name, bytes) = &seeds()[seed];
        let mut bytes = bytes.clone();
        mutations.iter().for_each(|mutation| apply(&mut bytes, mutation));
        exercise(&folder.file(name, bytes));
    }

    #[test]
    fn any_bytes_never_panic(start in 0..8usize, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let starts: [&[u8]; 8] = [
            b"", b"\0\0\x08\x02", b"\x93NUMPY\x01\0", b"PK\x03\x04", b"\x1f\x8b\x08", b"1,2\n",
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"\xff\xd8\xff\xe0",
        ];
        let folder = Folder::new();
        exercise(&folder.file("x", [starts[start], &bytes].concat()));
    }
}

#[test]
fn every_truncation_of_every_format() {
    let folder = Folder::new();
    for (name, bytes) in seeds() {
        for length in 0..bytes.len() {
            let path = folder.file(name, &bytes[..length]);
            let result = load(&path);
            // A cut table of text may still be a table; binary formats always notice.
            if !name.contains("csv") || name.ends_with("gz") {
                assert!(result.is_err(), "{name} cut to {length} of {} bytes", bytes.len());
            }
        }
    }
}

#[test]
fn every_byte_of_every_format() {
    let folder = Folder::new();
    for (name, bytes) in seeds() {
        for place in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[place] = value;
                let _ = load(&folder.file(name, bytes));
            }
        }
    }
}
