//! The instruction set that kernels run on: detected once, or set by `LATENTS_SIMD`.

use super::Kernel;
use super::float_mode::StandardMode;
use crate::Real;
use std::ffi::OsString;
use std::sync::OnceLock;

/// An instruction set that the kernels are compiled for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Isa {
    /// Plain Rust, one element at a time; the reference for all other paths.
    Portable,
    /// 256-bit vectors with fused multiply-add (x86-64).
    Avx2,
    /// Like [`Isa::Avx2`], with 512-bit vectors in the matrix product (x86-64).
    Avx512,
}

/// The error for a value of `LATENTS_SIMD` that is not an instruction set of this machine.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "LATENTS_SIMD={name}: not an instruction set of this machine; it has {}",
    names()
)]
pub struct UnknownIsa {
    name: String,
}

fn names() -> String {
    let names = Isa::available().iter().map(|isa| isa.name());
    names.collect::<Vec<_>>().join(", ")
}

impl Isa {
    /// Returns all instruction sets that this machine supports, the portable one first.
    ///
    /// ```
    /// # use latents_tensor::simd::Isa;
    /// assert_eq!(Isa::available()[0], Isa::Portable);
    /// ```
    pub fn available() -> &'static [Isa] {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                let wide = has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl");
                let all = const { &[Isa::Portable, Isa::Avx2, Isa::Avx512] };
                return if wide { all } else { &all[..2] };
            }
        }
        &[Isa::Portable]
    }

    /// Returns the instruction set in use: [`Isa::from_env`], read once, at the first kernel.
    ///
    /// # Panics
    /// If [`Isa::from_env`] returns an error. Call that first to report the error in another way.
    ///
    /// ```
    /// # use latents_tensor::simd::Isa;
    /// assert!(Isa::available().contains(&Isa::active()));
    /// ```
    pub fn active() -> Isa {
        static ACTIVE: OnceLock<Isa> = OnceLock::new();
        *ACTIVE.get_or_init(|| Isa::from_env().unwrap_or_else(|error| panic!("{error}")))
    }

    /// Returns the instruction set named by the environment variable `LATENTS_SIMD` (`portable`, `avx2`, `avx512`), or the best
    /// one of the machine if it is not set.
    ///
    /// # Errors
    /// If `LATENTS_SIMD` names a set that does not exist or that this machine lacks.
    pub fn from_env() -> Result<Isa, UnknownIsa> {
        Self::chosen(std::env::var_os("LATENTS_SIMD"))
    }

    fn chosen(name: Option<OsString>) -> Result<Isa, UnknownIsa> {
        let Some(name) = name else {
            return Ok(*Isa::available().last().unwrap_or(&Isa::Portable));
        };
        let name = name.to_string_lossy().into_owned();
        let known = |isa: &&Isa| isa.name().eq_ignore_ascii_case(&name);
        let found = Isa::available().iter().find(known).copied();
        found.ok_or(UnknownIsa { name })
    }

    /// Returns the name that `LATENTS_SIMD` accepts.
    ///
    /// ```
    /// # use latents_tensor::simd::Isa;
    /// assert_eq!(Isa::Avx2.name(), "avx2");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }

    /// Runs `kernel`, compiled for this instruction set.
    ///
    /// # Panics
    /// If the machine lacks the instruction set.
    #[inline]
    pub fn run<T: Real, K: Kernel<T>>(self, kernel: K) -> K::Output {
        let _mode = StandardMode::enter();
        T::dispatch(self, kernel)
    }

    /// Like [`Isa::run`], with the widest vectors of the instruction set, for the few kernels that benefit from them.
    ///
    /// # Panics
    /// If the machine lacks the instruction set.
    #[inline]
    pub fn run_wide<T: Real, K: Kernel<T>>(self, kernel: K) -> K::Output {
        let _mode = StandardMode::enter();
        T::dispatch_wide(self, kernel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses() {
        let chosen = |name: &str| Isa::chosen(Some(name.into()));
        assert_eq!(Isa::chosen(None).ok(), Isa::available().last().copied());
        for isa in Isa::available() {
            assert_eq!(chosen(isa.name()), Ok(*isa));
            assert_eq!(chosen(&isa.name().to_uppercase()), Ok(*isa));
        }
        for name in ["foo", "", "avx"] {
            let text = chosen(name).unwrap_err().to_string();
            let start =
                format!("LATENTS_SIMD={name}: not an instruction set of this machine; it has portable");
            assert!(text.starts_with(&start), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_is_refused() {
        use std::os::unix::ffi::OsStringExt;
        assert!(Isa::chosen(Some(OsString::from_vec(vec![b'a', 0xff]))).is_err());
    }
}
