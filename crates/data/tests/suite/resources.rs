//! Memory: a gather allocates nothing after a warm-up, and a reader little beside the data.

use crate::common;

use allocation_counter::{AllocationInfo, measure};
use common::*;
use latents_data::{Dataset, Scaling, digits};
use latents_tensor::{Tensor, parallel};

const MIB: u64 = 1 << 20;

/// One pass over all batches of the digits, shuffled.
fn epoch(data: &Dataset, order: &[usize], batch: &mut Tensor<f32>) {
    let mut batches = data.batches(256).ordered(order);
    while batches.next_into(batch) {}
}

#[test]
fn a_gather_allocates_nothing_after_a_warm_up() {
    let order: Vec<usize> = (0..1797).rev().collect();
    let standard = Scaling::fit_standard(&digits()).unwrap();
    for scaling in [Scaling::Divide { by: 16.0 }, standard] {
        let data = digits().with_scaling(scaling).unwrap();
        parallel::team(|| {
            let mut batch = Tensor::zeros([0]);
            // Twice: the pool makes a place for the short last batch when it comes back the first time.
            epoch(&data, &order, &mut batch);
            epoch(&data, &order, &mut batch);
            let used = measure(|| epoch(&data, &order, &mut batch));
            assert_eq!(used.count_total, 0, "{used:?}");
        });
    }
}

/// What reading a file takes at most, and what is kept.
fn reading(path: &str) -> (AllocationInfo, Option<Dataset>) {
    let mut data = None;
    let used = measure(|| data = load(path).ok().map(|loaded| loaded.train));
    (used, data)
}

#[test]
fn readers_need_little_beside_the_data() {
    let folder = Folder::new();
    let pixels = vec![7u8; 8_000_000];
    let floats: Vec<u8> = (0..2_000_000u32).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let table = npy("<f4", "(2000, 1000)", &floats);
    let pictures = idx(&[8000, 1000], &pixels);
    for (name, bytes) in [
        ("a.idx", pictures.clone()),
        ("b.gz", gzip(&pictures)),
        ("c.npy", table.clone()),
        ("d.npz", zip(&[("X.npy", &table)])),
    ] {
        let (used, data) = reading(&folder.file(name, bytes));
        assert!(data.is_some(), "{name}");
        assert!(used.bytes_max < 8 * MIB + MIB, "{name}: {used:?}");
    }
    let line = "7,255,0,12,13,14,15,16,17,18\n";
    let text = line.repeat(8_000_000 / line.len());
    let (used, data) = reading(&folder.file("e.csv", &text));
    assert_eq!(data.unwrap().columns(), 10);
    assert!(used.bytes_max < 2 * text.len() as u64, "{used:?}");
    let line = "photos/cat/0001.png,7,255,0,12,13,14,15,16,17,18\n";
    let text = "file,a,b,c,d,e,f,g,h,i,j\n".to_owned() + &line.repeat(8_000_000 / line.len());
    let (used, data) = reading(&folder.file("f.csv", &text));
    assert!(data.unwrap().file_names().is_some());
    assert!(used.bytes_max < 2 * text.len() as u64, "{used:?}");
}

/// The start of a PNG of so many grey pixels.
fn png_header(height: u32, width: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = png::Encoder::new(&mut bytes, width, height);
    drop(encoder.write_header().unwrap());
    bytes
}

#[test]
fn promises_and_bombs_take_no_memory() {
    let folder = Folder::new();
    let huge = idx(&[u32::MAX; 8], &[1, 2, 3]);
    let array = npy("<f8", "(1000000000000, 1000000)", &[0; 16]);
    let promised = idx(&[60_000_000], &[1, 2, 3]);
    let pixels = png_header(200_000, 200_000);
    let line = png_header(1, i32::MAX as u32);
    let bomb = gzip(&[idx(&[300_000_000], &[]), vec![0; 300_000_000]].concat());
    for (name, bytes, most) in [
        ("a.idx", huge.clone(), MIB),
        ("b.gz", gzip(&huge), MIB),
        ("c.npy", array.clone(), MIB),
        ("d.npz", zip(&[("X.npy", &array)]), MIB),
        ("e.idx", promised.clone(), MIB),
        ("f.gz", gzip(&promised), 64 * MIB),
        ("g.gz", bomb.clone(), MIB),
        ("h.png", pixels, MIB),
        ("i.png", line, MIB),
    ] {
        let limit = most + 100 * bytes.len() as u64;
        let (used, data) = reading(&folder.file(name, bytes));
        assert!(data.is_none() && used.bytes_max < limit, "{name}: {used:?}");
    }
}
