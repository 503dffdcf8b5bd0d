//! Shapes and strides, stored inline, and their rules. Every rule returns `Result<_, ShapeError>`.

use crate::{OrRaise, ShapeError};
use std::fmt;
use std::ops::Deref;

/// The largest number of axes of a tensor.
pub const MAX_RANK: usize = 6;

/// The lengths of a tensor's axes, outermost first. `[]` is the shape of a scalar. Dereferences to a slice.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    rank: u8,
    axes: [usize; MAX_RANK],
}

impl Shape {
    /// The shape of a scalar.
    pub const SCALAR: Shape = Shape {
        rank: 0,
        axes: [0; MAX_RANK],
    };

    /// Creates a shape of at most [`MAX_RANK`] axes whose number of elements fits a `usize`.
    ///
    /// ```
    /// # use latents_tensor::Shape;
    /// assert_eq!(Shape::new(&[2, 3]).unwrap().count(), 6);
    /// assert!(Shape::new(&[1; 7]).is_err());
    /// ```
    pub fn new(axes: &[usize]) -> Result<Self, ShapeError> {
        if axes.len() > MAX_RANK {
            let reason = format!("{} axes, {axes:?}: a tensor has at most {MAX_RANK}", axes.len());
            return Err(ShapeError::new("shape", reason, &[]));
        }
        let mut shape = Self {
            rank: axes.len() as u8,
            axes: [0; MAX_RANK],
        };
        shape.axes[..axes.len()].copy_from_slice(axes);
        let nonzero = axes.iter().filter(|&&axis| axis != 0);
        let fits = nonzero
            .clone()
            .try_fold(1usize, |count, &axis| count.checked_mul(axis));
        if fits.is_none_or(|count| count > isize::MAX as usize / 8) {
            return Err(ShapeError::new(
                "shape",
                format!("{axes:?} has more elements than memory can hold"),
                &[],
            ));
        }
        Ok(shape)
    }

    /// Returns the number of axes.
    pub fn rank(&self) -> usize {
        self.rank as usize
    }

    /// Returns the number of elements.
    pub fn count(&self) -> usize {
        self.iter().product()
    }

    /// Returns the strides of a row-major (C-order) layout, in elements.
    ///
    /// ```
    /// # use latents_tensor::Shape;
    /// assert_eq!(Shape::from([2, 3, 4]).contiguous_strides()[..3], [12, 4, 1]);
    /// ```
    pub fn contiguous_strides(&self) -> Strides {
        let mut strides = [0isize; MAX_RANK];
        let mut step = 1usize;
        for axis in (0..self.rank()).rev() {
            strides[axis] = step as isize;
            step *= self.axes[axis].max(1);
        }
        Strides(strides)
    }

    /// Removes the axes for which `drop` returns true.
    ///
    /// ```
    /// # use latents_tensor::Shape;
    /// assert_eq!(Shape::from([2, 3, 4]).without(|axis| axis == 1)[..], [2, 4]);
    /// ```
    pub fn without(&self, drop: impl Fn(usize) -> bool) -> Self {
        let mut kept = Self::SCALAR;
        for (axis, &length) in self.iter().enumerate().filter(|(axis, _)| !drop(*axis)) {
            let _ = axis;
            kept.axes[kept.rank()] = length;
            kept.rank += 1;
        }
        kept
    }

    /// Sets the length of axis `axis` to `length`.
    ///
    /// # Panics
    /// If the axis does not exist, or the result has too many elements; [`Shape::try_with_axis`] returns an error for the latter.
    ///
    /// ```
    /// # use latents_tensor::Shape;
    /// assert_eq!(Shape::from([2, 3]).with_axis(1, 5)[..], [2, 5]);
    /// ```
    #[track_caller]
    pub fn with_axis(&self, axis: usize, length: usize) -> Self {
        self.try_with_axis(axis, length).or_raise()
    }

    /// Like [`Shape::with_axis`], but returns an error if the result has too many elements.
    pub fn try_with_axis(&self, axis: usize, length: usize) -> Result<Self, ShapeError> {
        let mut axes = self.axes;
        axes[..self.rank()][axis] = length;
        Self::new(&axes[..self.rank()])
    }

    /// Computes the shape that `shapes` broadcast to by NumPy's rules: axes are aligned at the last; lengths must be equal, or
    /// one of them 1.
    ///
    /// # Errors
    /// If the shapes do not match, or the result has more elements than memory can hold.
    ///
    /// ```
    /// # use latents_tensor::Shape;
    /// let shapes = [Shape::from([4, 1]), Shape::from([3])];
    /// assert_eq!(Shape::broadcast("add", &shapes).unwrap()[..], [4, 3]);
    /// ```
    pub fn broadcast(operation: &'static str, shapes: &[Shape]) -> Result<Shape, ShapeError> {
        let rank = shapes.iter().map(Shape::rank).max().unwrap_or(0);
        let mut joined = [1; MAX_RANK];
        for shape in shapes {
            let lead = rank - shape.rank();
            for (axis, &length) in shape.iter().enumerate() {
                let wide = &mut joined[lead + axis];
                if *wide == 1 {
                    *wide = length;
                } else if length != 1 && length != *wide {
                    let reason = format!(
                        "axis {} from the end is {} in one operand and {} in another",
                        shape.rank() - axis,
                        wide,
                        length
                    );
                    return Err(ShapeError::new(operation, reason, shapes)
                        .hint("axes are matched from the last; each pair must be equal or one of them 1"));
                }
            }
        }
        Self::new(&joined[..rank]).map_err(|_| {
            let reason = format!(
                "the result {:?} has more elements than memory can hold",
                &joined[..rank]
            );
            ShapeError::new(operation, reason, shapes)
        })
    }

    /// Converts a (possibly negative) axis to an index from the front.
    ///
    /// ```
    /// # use latents_tensor::Shape;
    /// assert_eq!(Shape::from([2, 3]).axis("sum", -1), Ok(1));
    /// ```
    pub fn axis(&self, operation: &'static str, axis: isize) -> Result<usize, ShapeError> {
        let rank = self.rank() as isize;
        if (-rank..rank).contains(&axis) {
            Ok(axis.rem_euclid(rank) as usize)
        } else {
            Err(ShapeError::new(
                operation,
                format!("axis {axis} of a tensor with {rank} axes"),
                &[*self],
            ))
        }
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.axes[..self.rank as usize]
    }
}

impl AsRef<[usize]> for Shape {
    fn as_ref(&self) -> &[usize] {
        self
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        *shape
    }
}

impl From<&[usize]> for Shape {
    /// # Panics
    /// With more than [`MAX_RANK`] axes or too many elements; [`Shape::new`] returns an error instead.
    #[track_caller]
    fn from(axes: &[usize]) -> Self {
        Shape::new(axes).or_raise()
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    #[track_caller]
    fn from(axes: [usize; N]) -> Self {
        Shape::from(&axes[..])
    }
}

impl From<usize> for Shape {
    #[track_caller]
    fn from(length: usize) -> Self {
        Shape::from([length])
    }
}

/// The distance between neighbours along each axis, in elements; 0 repeats an element, a negative stride runs backwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Strides(pub(crate) [isize; MAX_RANK]);

impl Deref for Strides {
    type Target = [isize; MAX_RANK];
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_numpy() {
        let shape = |axes: &[usize]| Shape::new(axes).unwrap();
        let joined = Shape::broadcast("add", &[shape(&[8, 1, 6]), shape(&[7, 1])]).unwrap();
        assert_eq!(&*joined, &[8, 7, 6]);
        assert_eq!(
            &*Shape::broadcast("add", &[shape(&[]), shape(&[0, 3])]).unwrap(),
            &[0, 3]
        );
        assert_eq!(
            &*Shape::broadcast("add", &[shape(&[1]), shape(&[0])]).unwrap(),
            &[0]
        );
        let error = Shape::broadcast("add", &[shape(&[2, 3]), shape(&[4])]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("axis 1 from the end is 3 in one operand and 4 in another"),
            "{error}"
        );
    }

    #[test]
    fn a_joined_shape_that_no_memory_holds_is_an_error() {
        let shape = |axes: &[usize]| Shape::new(axes).unwrap();
        let error = Shape::broadcast("add", &[shape(&[1 << 32, 1]), shape(&[1, 1 << 32])]).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("add: the result [4294967296, 4294967296] has more elements"),
            "{text}"
        );
        assert!(shape(&[1, 1 << 32]).try_with_axis(0, 1 << 32).is_err());
        // Nothing to hold.
        assert!(Shape::broadcast("add", &[shape(&[1 << 32, 0]), shape(&[1 << 32, 1])]).is_ok());
    }

    #[test]
    fn too_many_axes_or_elements_are_errors() {
        assert!(Shape::new(&[1; 7]).is_err());
        assert!(Shape::new(&[usize::MAX, 2]).is_err());
        assert!(Shape::new(&[usize::MAX, 0, 2]).is_err());
        assert_eq!(Shape::new(&[3, 0]).unwrap().count(), 0);
    }
}
