use super::{close, equal, lawful};
use exercises::*;
use tonegrad::autograd::gradcheck::normal;
use tonegrad::autograd::{Check, Tape, Var};
use tonegrad::ndarray::{Array2, Ix2};
use tonegrad::nn::{Activation, Conv1d, Conv2d, Dense, Flatten, Layer, MaxPool1d, Mode, Sequential};
use tonegrad::ops::{Padding, Window};
use tonegrad::{Seed, Tensor};

#[test]
fn exercise_30_parameters() {
    let built = |net: Sequential| net.build::<f64>(Seed(0)).unwrap().parameters();
    for (inputs, units) in [(3, 2), (518, 16), (1, 1)] {
        let wanted = built(Sequential::new([inputs]).then(Dense::new(units)));
        assert_eq!(exercise_30::dense(inputs, units), wanted, "Dense of {inputs} inputs and {units} units");
    }
    for (kernel, channels, filters) in [(3, 1, 32), (5, 64, 128), (1, 2, 3)] {
        let wanted = built(Sequential::new([20, channels]).then(Conv1d::new(filters, kernel)));
        let found = exercise_30::conv1d(kernel, channels, filters);
        assert_eq!(found, wanted, "Conv1D of {filters} filters and {kernel} taps over {channels} channels");
    }
    for (features, genres) in [(518, 16), (140, 2), (141, 3)] {
        let network = Sequential::new([features, 1])
            .then(Conv1d::new(32, 3).same())
            .then(MaxPool1d::new(2))
            .then(Conv1d::new(64, 3))
            .then(Conv1d::new(128, 5))
            .then(MaxPool1d::new(2))
            .then(Flatten {});
        let network = [128, 64, 32, genres].into_iter().fold(network, |net, units| net.then(Dense::new(units)));
        let found = exercise_30::genre_cnn(features, genres);
        assert_eq!(found, built(network), "the genre CNN of {features} features and {genres} genres");
    }
}

#[test]
fn exercise_31_accuracy_by_arg_max() {
    let rows = [vec![0.4, 0.35, 0.25], vec![0.1, 0.2, 0.7], vec![0.3, 0.3, 0.4], vec![0.45, 0.45, 0.1]];
    let found = exercise_31::accuracy(&rows[..1], &[0]);
    assert_eq!(found, 1.0, "a row [0.4, 0.35, 0.25] of class 0: 0 is its most probable class, whatever 0.4 is");
    assert_eq!(exercise_31::accuracy(&rows, &[0, 2, 2, 0]), 1.0, "the first of two equally probable classes counts");
    assert_eq!(exercise_31::accuracy(&rows, &[0, 2, 1, 1]), 0.5, "two of four are right");
}

#[test]
fn exercise_32_batch_norm_backward() {
    use exercise_32::Normalise;
    let check = |shape, seed| Check::smooth().run(&Normalise, [normal(shape, seed)]);
    lawful(check([5, 1], 1), "each x moves the mean and the deviation of its column: two more terms");
    lawful(check([4, 3], 2), "columns do not mix");
    lawful(check([1, 2], 3), "in a batch of one row x̂ is 0, whatever x is");
}

#[test]
fn exercise_33_residual_block() {
    let inputs = || [normal([3, 4], 1), normal([4, 6], 2), normal([6], 3), normal([6, 4], 4), normal([4], 5)];
    let run = |weights: f64| {
        let tape = Tape::new();
        let [x, rest @ ..] = inputs();
        let weight =
            |w: Tensor<f64>| tape.constant(Tensor::new(w.shape(), w.as_slice().iter().map(|v| weights * v).collect()));
        let y = exercise_33::residual(tape.constant(x.clone()), rest.map(weight)).into_value();
        (x, y)
    };
    let (x, y) = run(0.0);
    assert_eq!(y, x, "with weights of zero the block must pass x on: where is the way around?");
    let (x, y) = run(1.0);
    let [_, w1, b1, w2, b2] = inputs();
    let tape = Tape::new();
    let [x, w1, b1, w2, b2] = [x, w1, b1, w2, b2].map(|v| tape.constant(v));
    let wanted = (x.clone().dense(w1, b1).relu().dense(w2, b2) + x).into_value();
    close(&y, &wanted, "x + relu(x·W₁ + b₁)·W₂ + b₂");
    fn block<'t>([x, rest @ ..]: [Var<'t, f64>; 5]) -> Var<'t, f64> {
        exercise_33::residual(x, rest)
    }
    lawful(Check::piecewise_smooth().function(block, inputs()), "x has two ways to the output");
}

#[test]
fn exercise_34_faulty_layer() {
    let told = "the layer is not what it says (its doc comment has the formula)";
    let check = |x| Check::smooth().layer(exercise_34::Gate, x).unwrap_or_else(|e| panic!("{told}\n{e}"));
    check(normal([3, 5, 2], 1));
    check(normal([1, 1, 3], 2));
    // What the formula says, on one example: the gate of zero weights is one half.
    let tape = Tape::new();
    let params = [tape.constant(Tensor::zeros([2, 2])), tape.constant(Tensor::zeros([2]))];
    let x = normal([1, 4, 2], 3);
    let y = Layer::forward(&exercise_34::Gate, tape.constant(x.clone()), &params, Mode::Eval).value;
    close(&(y * 2.0).into_value(), &x, "σ(0) = 1/2: twice the output is x");
}

#[test]
fn exercise_35_gru_step() {
    let inputs = || [normal([2, 3, 4], 1), normal([4, 15], 2), normal([5, 15], 3), normal([2, 15], 4)];
    fn own<'t>([x, w, u, biases]: [Var<'t, f64>; 4]) -> Var<'t, f64> {
        let bias = |row: usize| biases.clone().slice_axis(0, row..row + 1).reshape([15]);
        let start = x.tape().constant(Tensor::zeros([2, 5]));
        (0..3).fold(start, |h, t| {
            let x = x.clone().slice_axis(1, t..t + 1).reshape([2, 4]);
            let h = exercise_35::gru_step(x, h, [w.clone(), u.clone()], [bias(0), bias(1)]);
            assert_eq!(h.shape(), [2, 5], "h' is (n, units)");
            h
        })
    }
    let tape = Tape::new();
    let vars = inputs().map(|v| tape.constant(v));
    let [x, w, u, biases] = vars.clone();
    let wanted = x.gru(w, u, biases).slice_axis(1, 2..3).reshape([2, 5]).into_value();
    close(&own(vars).into_value(), &wanted, "three steps, beside the library's GRU");
    lawful(Check::smooth().function(own, inputs()), "no value may leave the tape");
}

#[test]
fn exercise_36_masked_attention() {
    let inputs = || [normal([5, 4], 1), normal([5, 4], 2), normal([5, 4], 3)];
    let run = |inputs: [Tensor<f64>; 3], causal| {
        let tape = Tape::new();
        exercise_36::attention(inputs.map(|v| tape.constant(v)), causal).into_value()
    };
    let [q, k, v] = inputs();
    let wanted = Tensor::from(Array2::from_shape_fn((5, 4), |(t, j)| {
        let score = |s: usize| (0..4).map(|c| q[[t, c]] * k[[s, c]]).sum::<f64>() / 2.0;
        let total: f64 = (0..5).map(|s| score(s).exp()).sum();
        (0..5).map(|s| score(s).exp() / total * v[[s, j]]).sum()
    }));
    close(&run(inputs(), false), &wanted, "softmax(Q·Kᵀ / √d)·V without a mask, d = 4");
    let y = run(inputs(), true);
    assert_eq!(y.rows(0, 1), v.rows(0, 1), "step 0 sees itself alone: its output is v[0]");
    let mut later = inputs();
    later.iter_mut().for_each(|x| x.as_mut_slice()[3 * 4..].fill(7.0));
    assert_eq!(run(later, true).rows(0, 3), y.rows(0, 3), "steps 0 to 2 must not change with steps 3 and 4");
    close(&run(inputs(), true).rows(4, 5), &wanted.rows(4, 5), "the last step sees all");
    for causal in [false, true] {
        lawful(
            Check::smooth().function(|x| exercise_36::attention(x, causal), inputs()),
            "no value may leave the tape",
        );
    }
}

#[test]
fn exercise_37_conv2d_sizes() {
    for (length, kernel, stride) in [(32, 3, 1), (33, 3, 2), (7, 4, 1), (5, 2, 3), (1, 5, 1), (10, 1, 4)] {
        let window = Window { size: kernel, stride, dilation: 1, padding: Padding::Same };
        let case = format!("length {length}, kernel {kernel}, stride {stride}");
        assert_eq!(exercise_37::same_padding(length, kernel, stride), window.pads(length), "{case}");
    }
    for (picture, kernel, stride, zeros) in [
        ([32, 33], [3, 3], [1, 1], [(0, 0), (0, 0)]),
        ([32, 33], [3, 5], [2, 3], [(1, 0), (2, 2)]),
        ([4, 4], [4, 4], [1, 1], [(0, 0), (0, 0)]),
    ] {
        let padding = zeros.map(|(before, after)| Padding::Explicit(before, after));
        let conv = Conv2d::new(1, kernel).stride(stride).padding(padding);
        let model = Sequential::new([picture[0], picture[1], 1]).then(conv).build::<f64>(Seed(0)).unwrap();
        let found = exercise_37::output(picture, kernel, stride, zeros);
        assert_eq!(found[..], model.output()[..2], "{picture:?}, kernel {kernel:?}, stride {stride:?}, {zeros:?}");
    }
}

#[test]
fn exercise_38_mel_bands() {
    use exercise_38::{hz, mel, weight};
    assert!((mel(700.0) - 2595.0 * 2f64.log10()).abs() < 1e-9, "700 Hz are 2595 log₁₀ 2 mel, not {}", mel(700.0));
    for f in [0.0, 100.0, 1000.0, 8000.0] {
        assert!((hz(mel(f)) - f).abs() < 1e-9, "hz(mel({f})) is {}", hz(mel(f)));
    }
    let (bands, low, high) = (12, 50.0, 4000.0);
    let edge = |i: usize| hz(mel(low) + (mel(high) - mel(low)) * i as f64 / (bands + 1) as f64);
    for i in 0..bands {
        let (left, middle, right) = (edge(i), edge(i + 1), edge(i + 2));
        let of = |f| weight(f, i, bands, low, high);
        assert!((of(middle) - 1.0).abs() < 1e-9, "band {i} is 1 in its middle, {middle:.1} Hz, not {}", of(middle));
        assert!((of((left + middle) / 2.0) - 0.5).abs() < 1e-9, "band {i} rises along a straight line in Hz");
        assert!((of((middle + right) / 2.0) - 0.5).abs() < 1e-9, "band {i} falls along a straight line in Hz");
        for f in [left - 1.0, right + 1.0, high * 2.0] {
            assert_eq!(of(f), 0.0, "band {i} is 0 outside of {left:.1} to {right:.1} Hz, as at {f:.1}");
        }
    }
    // Between the middles of two neighbours their weights add up to 1: no frequency is heard twice.
    let all = |f: f64| (0..bands).map(|i| weight(f, i, bands, low, high)).sum::<f64>();
    for f in [200.0, 555.5, 1234.5, 3000.0] {
        assert!((all(f) - 1.0).abs() < 1e-9, "the weights of {f} Hz add up to {}, wanted 1", all(f));
    }
}

#[test]
fn exercise_39_saliency() {
    let network = Sequential::new([6, 5, 1])
        .then(Conv2d::new(2, [3, 3]).activation(Activation::Tanh))
        .then(Flatten {})
        .then(Dense::new(3));
    let model = network.build::<f64>(Seed(1)).unwrap();
    let x = normal([2, 6, 5, 1], 2);
    for class in 0..3 {
        let found = exercise_39::saliency(&model, &x, class);
        assert_eq!(found.shape(), x.shape(), "saliency has the shape of x");
        let wanted = model.saliency(x.clone().reshape([2, 30]).view::<Ix2>(), class).unwrap();
        close(&found, &Tensor::from(wanted).reshape([2, 6, 5, 1]), &format!("d logit {class} / d x"));
    }
}

#[test]
fn exercise_40_windows_without_a_copy() {
    let x: Vec<f64> = (0..14).map(f64::from).collect();
    for (channels, kernel) in [(1, 3), (2, 3), (7, 1), (2, 7)] {
        let windows = exercise_40::windows(&x, channels, kernel);
        let rows = x.len() / channels + 1 - kernel;
        assert_eq!(windows.dim(), (rows, kernel * channels), "{channels} channels, a kernel of {kernel}");
        for (t, row) in windows.rows().into_iter().enumerate() {
            let wanted = &x[t * channels..][..kernel * channels];
            assert_eq!(row.to_vec(), wanted, "row {t} is the window at position {t}");
        }
        assert_eq!(windows.as_ptr(), x.as_ptr(), "the matrix must lie in the signal's own memory: nothing is copied");
    }
    // One product with it is a convolution.
    let kernel = normal([6, 4], 1);
    let tape = Tape::new();
    let signal = tape.constant(Tensor::new([1, 7, 2], x.clone()));
    let w = tape.constant(kernel.clone().reshape([3, 2, 4]));
    let wanted = signal.conv1d(tonegrad::ops::Conv1d::default(), w, tape.constant(Tensor::zeros([4])));
    let found = exercise_40::windows(&x, 2, 3).dot(&kernel.view::<Ix2>());
    close(&Tensor::from(found).reshape([1, 5, 4]), wanted.value(), "windows(x)·W");
}

#[test]
fn exercise_41_blocked_product() {
    for (size, block) in [([5, 7, 6], 3), ([4, 8, 8], 4), ([1, 9, 1], 2), ([3, 2, 5], 64)] {
        let [m, k, n] = size;
        let (a, b) = (normal([m, k], 1), normal([k, n], 2));
        let (mut wanted, mut found) = (vec![0.0; m * n], vec![f64::NAN; m * n]);
        exercise_41::plain(a.as_slice(), b.as_slice(), &mut wanted, size);
        exercise_41::blocked(a.as_slice(), b.as_slice(), &mut found, size, block);
        for (at, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            let place = format!("C[{}, {}] of sizes {size:?} in blocks of {block}", at / n, at % n);
            assert!((found - wanted).abs() < 1e-12, "{place} is {found}, wanted {wanted}");
            assert_eq!(found.to_bits(), wanted.to_bits(), "{place} differs in its last bits: sum by rising p");
        }
    }
}

#[test]
fn exercise_42_the_scale_of_training() {
    let (mean, scale) = ([10.0, -2.0, 0.0], [2.0, 4.0, 0.5]);
    let one = exercise_42::standardized(&[vec![12.0, -2.0, 1.0]], &mean, &scale);
    assert_eq!(one, [[1.0, 0.0, 2.0]], "a single song is standardised as the training songs were");
    let two = exercise_42::standardized(&[vec![12.0, -2.0, 1.0], vec![8.0, 6.0, 0.0]], &mean, &scale);
    assert_eq!(two, [[1.0, 0.0, 2.0], [-1.0, 2.0, 0.0]], "and what a song becomes depends on no other song");
    assert_eq!(exercise_42::distance(&[3.0, -3.0, 3.0, 3.0]), 3.0);
    assert!((exercise_42::distance(&[1.0, 0.0, 2.0]) - (5.0f64 / 3.0).sqrt()).abs() < 1e-15, "a root of a mean");
}

#[test]
fn exercise_43_wav() {
    let chunk = |name: &[u8; 4], body: &[u8]| {
        let pad = vec![0; body.len() % 2];
        [&name[..], &(body.len() as u32).to_le_bytes(), body, &pad].concat()
    };
    let format = |channels: u16, bits: u16| {
        let bytes = channels * bits / 8;
        let (rate, rates) = (22050u32.to_le_bytes(), (22050 * u32::from(bytes)).to_le_bytes());
        let [one, channels, bytes, bits] = [1, channels, bytes, bits].map(u16::to_le_bytes);
        [&one[..], &channels, &rate, &rates, &bytes, &bits].concat()
    };
    let file = |chunks: &[Vec<u8>]| {
        let body = [b"WAVE".to_vec(), chunks.concat()].concat();
        [b"RIFF".to_vec(), (body.len() as u32).to_le_bytes().to_vec(), body].concat()
    };
    let samples: Vec<u8> = [0i16, 16384, -32768, 1].iter().flat_map(|s| s.to_le_bytes()).collect();
    let whole = file(&[chunk(b"fmt ", &format(1, 16)), chunk(b"data", &samples)]);
    let wanted = Some((22050, vec![0.0, 0.5, -1.0, 1.0 / 32768.0]));
    assert_eq!(exercise_43::read(&whole), wanted, "a plain file of four samples");
    let listed = file(&[chunk(b"fmt ", &format(1, 16)), chunk(b"LIST", b"odd"), chunk(b"data", &samples)]);
    assert_eq!(exercise_43::read(&listed), wanted, "a chunk of three bytes between, and the byte that fills it up");
    let stereo = file(&[chunk(b"fmt ", &format(2, 16)), chunk(b"data", &samples)]);
    assert_eq!(exercise_43::read(&stereo), None, "two channels");
    let deep = file(&[chunk(b"fmt ", &format(1, 24)), chunk(b"data", &samples)]);
    assert_eq!(exercise_43::read(&deep), None, "24 bits");
    for length in 0..whole.len() {
        assert_eq!(exercise_43::read(&whole[..length]), None, "a file that ends after {length} bytes");
    }
    assert_eq!(exercise_43::read(b"no file of sound at all, but long enough to be one......"), None);
}
