"""The published programs behind one interface each: functions of features (N, D) float64, real first."""

import contextlib
import io
import warnings

import numpy as np
from sphinx.ext.autodoc.mock import mock

with mock(["torchvision"]):  # they read pictures with it, and compute without
    import torch
    from cleanfid.fid import frechet_distance, kernel_distance
    from prdc import compute_prdc
    from pytorch_fid.fid_score import calculate_frechet_distance
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
    from torch_fidelity.metric_isc import isc_features_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import poly_mmd

FAILURES = (ValueError, ArithmeticError, AssertionError, RuntimeError, np.linalg.LinAlgError)  # how they give up


def moments(features):
    """Mean and covariance, as all of them but torchmetrics compute it."""
    return features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False))


def quiet(call, *arguments, **options):
    """Call without what it prints or warns; a complex result counts as an error."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        value = call(*arguments, **options)
    return value


def fid_torch_fidelity(real, fake):
    statistics = [fid_features_to_statistics(torch.from_numpy(side)) for side in (real, fake)]
    return quiet(fid_statistics_to_metric, *statistics, False)["frechet_inception_distance"]


def fid_torchmetrics(real, fake):
    given = torch.nn.Identity()
    given.num_features = real.shape[1]
    metric = quiet(FrechetInceptionDistance, feature=given).set_dtype(torch.float64)
    metric.update(torch.from_numpy(real), real=True)
    metric.update(torch.from_numpy(fake), real=False)
    return float(quiet(metric.compute))


def kid_torch_fidelity(real, fake):
    return kid_features_to_metric(torch.from_numpy(real), torch.from_numpy(fake), kid_subsets=1,
                                  kid_subset_size=len(real), verbose=False)["kernel_inception_distance_mean"]


def isc_torch_fidelity(logits, splits=1):
    found = isc_features_to_metric(torch.from_numpy(logits), splits, False, 2020)
    return found["inception_score_mean"], found["inception_score_std"]


def prdc(real, fake, k):
    found = quiet(compute_prdc, real, fake, nearest_k=k)
    return tuple(float(found[name]) for name in ("precision", "recall", "density", "coverage"))


def prc_torch_fidelity(real, fake, k):
    found = prc_features_to_metric(torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=k,
                                   prc_batch_size=10_000, save_cpu_ram=False, verbose=False)
    return found["precision"], found["recall"]


FRECHET = {
    "torch-fidelity": fid_torch_fidelity,
    "pytorch-fid": lambda real, fake: float(quiet(calculate_frechet_distance, *moments(real), *moments(fake))),
    "clean-fid": lambda real, fake: float(quiet(frechet_distance, *moments(real), *moments(fake))),
    "torchmetrics": fid_torchmetrics,
}
KERNEL = {
    "torch-fidelity": kid_torch_fidelity,
    "clean-fid": lambda real, fake: kernel_distance(real, fake, num_subsets=1, max_subset_size=len(real)),
    "torchmetrics": lambda real, fake: float(poly_mmd(torch.from_numpy(real), torch.from_numpy(fake))),
}
