//! `Input`: the bytes of a file, compressed or not, with a bound on how many can follow.
//!
//! No memory is allocated only because a header declares it. The bound is the file's length, or for compressed data 64 MiB plus
//! 100 times the compressed length (digits compress 3 to 5 times, text and sparse tables up to 20 times); a declaration beyond
//! it is an error before memory is allocated.

use crate::DataError;
use crate::element::Raw;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    Little,
    Big,
}

/// The largest number of bytes that compressed data of this length may unpack to.
pub(crate) fn unpacked_limit(packed: u64) -> u64 {
    (64u64 << 20).saturating_add(packed.saturating_mul(100))
}

/// A stream of bytes with a bound on its length.
pub(crate) struct Input<'a> {
    reader: Box<dyn Read + 'a>,
    place: String,
    /// The first bytes, for recognising the format.
    head: Vec<u8>,
    /// How many of them have been consumed.
    head_used: usize,
    /// The largest number of bytes that can follow.
    left: u64,
    /// The initial bound, if the data is compressed.
    unpack_limit: Option<u64>,
}

impl<'a> Input<'a> {
    /// Opens a file and decompresses it if it is gzipped.
    pub(crate) fn open(path: &Path) -> Result<Input<'static>, DataError> {
        let place = path.display().to_string();
        let io = |source| DataError::io(&place, "read", source);
        let about = std::fs::metadata(path).map_err(io)?;
        if about.is_dir() {
            let (reason, hint) = (
                "is a folder, but a file is required",
                "give a file in that folder",
            );
            return Err(DataError::malformed(&place, reason, hint));
        }
        if !about.is_file() {
            let reason = "is a pipe or a device, whose length is unknown";
            return Err(DataError::malformed(
                &place,
                reason,
                "save the data to a file first",
            ));
        }
        let file = File::open(path).map_err(io)?;
        if about.len() == 0 {
            return Err(DataError::Empty { place });
        }
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let packed = reader.fill_buf().map_err(io)?.starts_with(&[0x1f, 0x8b]);
        if packed {
            Input::unpacking(reader, place, about.len())
        } else {
            Input::new(Box::new(reader), place, about.len(), None)
        }
    }

    /// Bytes in memory.
    pub(crate) fn of_bytes(bytes: &'a [u8], place: &str) -> Result<Self, DataError> {
        Self::new(Box::new(bytes), place.to_owned(), bytes.len() as u64, None)
    }

    #[cfg(feature = "gzip")]
    fn unpacking(reader: impl BufRead + 'a, place: String, length: u64) -> Result<Self, DataError> {
        let limit = unpacked_limit(length);
        let unpacked = flate2::bufread::MultiGzDecoder::new(reader);
        Self::new(Box::new(unpacked), place, limit, Some(limit))
    }

    #[cfg(not(feature = "gzip"))]
    fn unpacking(_: impl BufRead + 'a, place: String, _: u64) -> Result<Self, DataError> {
        Err(DataError::FeatureOff {
            place,
            what: "gzipped files",
            feature: "gzip",
        })
    }

    /// `left` is the exact number of bytes, or with `unpack_limit` an upper bound.
    pub(crate) fn new(
        mut reader: Box<dyn Read + 'a>,
        place: String,
        left: u64,
        unpack_limit: Option<u64>,
    ) -> Result<Self, DataError> {
        let mut head = Vec::with_capacity(8);
        let read = reader.by_ref().take(8).read_to_end(&mut head);
        let mut input = Self {
            reader,
            place,
            head,
            head_used: 0,
            left,
            unpack_limit,
        };
        match read {
            Err(error) => Err(input.explain(error, "its start", 8, 0)),
            Ok(0) => Err(DataError::Empty {
                place: std::mem::take(&mut input.place),
            }),
            Ok(_) => Ok(input),
        }
    }

    /// The source of the bytes, for messages.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The first bytes, at most 8.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Fills `out` with the next bytes; `what` describes them in errors.
    pub(crate) fn fill(&mut self, out: &mut [u8], what: &'static str) -> Result<(), DataError> {
        let mut filled = 0;
        while filled < out.len() {
            match self.read(&mut out[filled..]) {
                Ok(0) => return Err(self.truncated(what, out.len() as u128, filled as u64)),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.explain(error, what, out.len() as u128, filled as u64)),
            }
        }
        Ok(())
    }

    /// Reads `count` numbers, if the file can contain as many.
    pub(crate) fn numbers<R: Raw>(
        &mut self,
        count: u128,
        endian: Endian,
    ) -> Result<Vec<R::Stored>, DataError> {
        const WHAT: &str = "the data that the header declares";
        let bytes = count.saturating_mul(R::SIZE as u128);
        if bytes > u128::from(self.left) {
            return Err(self.truncated(WHAT, bytes, self.left));
        }
        let mut numbers = Vec::new();
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if numbers.try_reserve_exact(count).is_err() {
            let reason = format!("not enough memory for {bytes} bytes of data");
            let hint = "give fewer rows, or use a machine with more memory";
            return Err(DataError::malformed(&self.place, reason, hint));
        }
        let mut block = [0; 1 << 16];
        while numbers.len() < count {
            let bytes_left = (count - numbers.len()).saturating_mul(R::SIZE);
            let block = &mut block[..bytes_left.min(1 << 16)];
            if let Err(mut error) = self.fill(block, WHAT) {
                if let DataError::Truncated { declared, held, .. } = &mut error {
                    *declared = bytes;
                    *held += (numbers.len() * R::SIZE) as u64;
                }
                return Err(error);
            }
            let each = block.chunks_exact(R::SIZE);
            match endian {
                Endian::Little => numbers.extend(each.map(R::from_little)),
                Endian::Big => numbers.extend(each.map(R::from_big)),
            }
        }
        Ok(numbers)
    }

    /// Checks that no data follows. For compressed data this also verifies the checksum.
    pub(crate) fn finish(mut self) -> Result<(), DataError> {
        let mut byte = [0];
        match self.read(&mut byte) {
            Ok(0) => Ok(()),
            Ok(_) => Err(DataError::Oversized { place: self.place }),
            Err(error) => Err(self.explain(error, "the end", 0, 0)),
        }
    }

    /// Reads all remaining bytes.
    pub(crate) fn into_bytes(mut self) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        match self.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.explain(error, "the end", 0, 0)),
        }
    }

    fn truncated(&self, what: &'static str, declared: u128, held: u64) -> DataError {
        DataError::Truncated {
            place: self.place.clone(),
            what,
            declared,
            held,
        }
    }

    /// Explains a failed read.
    fn explain(&self, error: io::Error, what: &'static str, declared: u128, held: u64) -> DataError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.truncated(what, declared, held),
            _ => explain(error, &self.place),
        }
    }
}

/// Explains a failed read of possibly compressed data.
pub(crate) fn explain(error: io::Error, place: &str) -> DataError {
    if let Some(TooLong { limit }) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return DataError::TooLarge {
            place: place.to_owned(),
            limit: *limit,
        };
    }
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            let reason = format!("the compressed data is damaged ({error})");
            DataError::malformed(place, reason, "copy or download the file again")
        }
        _ => DataError::io(place, "read", error),
    }
}

/// More bytes than the bound.
#[derive(Debug, thiserror::Error)]
#[error("more than {limit} bytes")]
struct TooLong {
    limit: u64,
}

impl Read for Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head = &self.head[self.head_used..];
        if !head.is_empty() && !out.is_empty() {
            let count = head.len().min(out.len());
            out[..count].copy_from_slice(&head[..count]);
            self.head_used += count;
            self.left = self.left.saturating_sub(count as u64);
            return Ok(count);
        }
        let count = self.reader.read(out)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            // If an uncompressed file grows while it is read, it is read up to its initial length.
            None => {
                let limit = self.unpack_limit.unwrap_or(self.left);
                return Err(io::Error::other(TooLong { limit }));
            }
        }
        Ok(count)
    }
}
