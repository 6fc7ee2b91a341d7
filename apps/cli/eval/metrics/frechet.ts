import type { Tensor } from "@codi/core/tensor";

/** A square matrix, row by row. */
type Matrix = Float64Array;

/** Mean and covariance of some rows. */
interface Gaussian {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}

/**
 * The Fréchet distance between two sets of features, taken as Gaussians (Dowson and Landau, 1982;
 * Heusel et al., 2017, equation 6): |a − b|² + tr(A + B − 2 (A B)^½).
 *
 * @param first [samples, width].
 * @param second [samples, width], of the same width.
 * @returns The squared distance, as is usual; 0 for equal sets.
 * @throws {RangeError} If the widths differ, or a set has fewer than two samples.
 */
export function frechetDistance(first: Tensor, second: Tensor): number {
  return frechetFrom(first)(second);
}

/**
 * The Fréchet distances of several sets of features from one.
 *
 * @param reference [samples, width].
 * @returns A function that gives the distance of a set, as {@linkcode frechetDistance} does.
 * @throws {RangeError} If there are fewer than two samples.
 */
export function frechetFrom(reference: Tensor): (other: Tensor) => number {
  const a = gaussian(reference);
  const width = a.mean.length;
  const root = squareRoot(a.covariance, width);
  return (other) => {
    if (other.shape[1] !== width) {
      throw new RangeError(
        `Cannot compare features of width "${width}" and "${other.shape[1]}": they are equal`,
      );
    }
    const b = gaussian(other);
    let distance = 0;
    for (let i = 0; i < width; i++) {
      distance += (a.mean[i]! - b.mean[i]!) ** 2 + a.covariance[i * width + i]! +
        b.covariance[i * width + i]!;
    }
    // tr (A B)^½ is that of the symmetric (A^½ B A^½)^½.
    const inner = product(product(root, b.covariance, width), root, width);
    for (const value of eigen(inner, width)) distance -= 2 * Math.sqrt(Math.max(0, value));
    return Math.max(0, distance);
  };
}

function gaussian({ shape, data }: Tensor): Gaussian {
  const [count = 0, width = 0] = shape;
  if (count < 2) {
    throw new RangeError(`Cannot take the covariance of "${count}" samples: it takes two or more`);
  }
  const mean = new Float64Array(width);
  data.forEach((value, i) => mean[i % width]! += value / count);
  const covariance = new Float64Array(width * width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) {
      const left = (data[row * width + i]! - mean[i]!) / (count - 1);
      for (let j = 0; j <= i; j++) {
        covariance[i * width + j]! += left * (data[row * width + j]! - mean[j]!);
      }
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) covariance[j * width + i] = covariance[i * width + j]!;
  }
  return { mean, covariance };
}

function product(a: Matrix, b: Matrix, width: number): Matrix {
  const out = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let k = 0; k < width; k++) {
      const left = a[i * width + k]!;
      if (left === 0) continue;
      for (let j = 0; j < width; j++) out[i * width + j]! += left * b[k * width + j]!;
    }
  }
  return out;
}

/** The symmetric root of a symmetric matrix without negative eigenvalues. */
function squareRoot(matrix: Matrix, width: number): Matrix {
  const vectors = new Float64Array(width * width);
  const values = eigen(matrix, width, vectors);
  const scaled = vectors.map((value, i) =>
    value * Math.sqrt(Math.max(0, values[Math.floor(i / width)]!))
  );
  const out = new Float64Array(width * width);
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < width; i++) {
      const left = vectors[k * width + i]!;
      for (let j = 0; j < width; j++) out[i * width + j]! += left * scaled[k * width + j]!;
    }
  }
  return out;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan,
 * 2013, section 8.5).
 *
 * @param vectors Takes the vectors as rows, if they are wanted.
 * @returns The values.
 */
function eigen(matrix: Matrix, width: number, vectors?: Matrix): Float64Array {
  const a = matrix.slice();
  for (let i = 0; i < width; i++) vectors?.fill(1, i * width + i, i * width + i + 1);
  const size = a.reduce((total, value) => total + value * value, 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < width; p++) {
      for (let q = 0; q < p; q++) off += 2 * a[p * width + q]! ** 2;
    }
    if (off <= 1e-16 * size) break;
    for (let p = 0; p < width - 1; p++) {
      for (let q = p + 1; q < width; q++) rotate(a, vectors, width, p, q);
    }
  }
  return Float64Array.from({ length: width }, (_, i) => a[i * width + i]!);
}

/** Turns rows and columns p and q so that their common element becomes zero. */
function rotate(a: Matrix, vectors: Matrix | undefined, width: number, p: number, q: number): void {
  const apq = a[p * width + q]!;
  if (apq === 0) return;
  const theta = (a[q * width + q]! - a[p * width + p]!) / (2 * apq);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const mix = (values: Matrix, first: number, second: number, stride: number) => {
    for (let k = 0; k < width; k++, first += stride, second += stride) {
      const [x, y] = [values[first]!, values[second]!];
      values[first] = cosine * x - sine * y;
      values[second] = sine * x + cosine * y;
    }
  };
  mix(a, p * width, q * width, 1);
  mix(a, p, q, width);
  if (vectors !== undefined) mix(vectors, p * width, q * width, 1);
}
