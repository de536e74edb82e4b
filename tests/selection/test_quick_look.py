from collections import Counter

import numpy as np
import pytest

from banian.selection import candidates as module
from banian.selection.candidates import fit_candidates
from banian.selection.fit import choose_candidates
from banian.selection.quick_look import is_promising, look_at_twin
from banian.training import Selected
from banian.training.member import Member

ALL = ("joint", "twin", "trees")


@pytest.fixture
def look(rows, roles, make_plan):
    """Look at a twin of `pays` whose errors, and those of the members of the joint network, are given."""
    (grain,), (role,) = make_plan().grains.values(), roles.values()
    truth = rows.label[role.valid[:, 1], 1]
    noise = np.random.default_rng(0).normal(size=(4, len(truth)))

    def selected(*said):
        return Selected((), tuple({"pays": (truth + error).clip(0.1)[:, None]} for error in said))

    def share(joint, twin):
        tower = grain.tasks["pays"]
        said = selected(*(joint * one for one in noise[:2]))
        own = selected(twin * noise[2])
        return look_at_twin("pays", tower, rows, role, said, own, seed=0)

    return share


def test_a_twin_is_of_use_where_it_is_better_alone(look):
    assert look(joint=2.0, twin=0.1) > 0.95
    assert look(joint=0.1, twin=2.0) < 0.05


def test_a_twin_that_is_as_good_may_be_of_use_beside_the_joint_network(look):
    assert 0.05 < look(joint=1.0, twin=1.0) < 1


@pytest.fixture
def trained(monkeypatch):
    """Count the selections of members by the name of what is trained."""
    counts = Counter()
    select = Member.select

    def count(self, start, recorder):
        counts[self.name.split(":")[0] if ":" in self.name else "joint"] += 1
        return select(self, start, recorder)

    monkeypatch.setattr(Member, "select", count)
    return counts


@pytest.mark.parametrize(("share", "members"), [(0.9, 1 + 2), (0.2, 1)])
def test_twins_are_trained_further_only_where_they_could_serve(
    examples, roles, make_plan, trained, monkeypatch, share, members
):
    monkeypatch.setattr(module, "look_at_twin", lambda *_, **__: share)
    plan = make_plan(seeds=2)
    found = fit_candidates(examples, roles, plan, ALL)
    # Where no checkpoints are kept, the first member is trained once more.
    assert trained == {
        "joint": 2,
        "single-task twin of buys": members,
        "single-task twin of pays": members,
    }
    assert (found.looks == {}) == is_promising(share)
    choices = choose_candidates(found, examples, roles, plan, ALL)
    for choice in choices.values():
        assert ("twin" in choice.scores) == is_promising(share)
        assert ("of use in 20% of draws" in choice.why) != is_promising(share)


def test_all_twins_are_trained_where_that_is_asked_for(examples, roles, make_plan, trained):
    found = fit_candidates(examples, roles, make_plan(seeds=2), ALL, all_twins=True)
    assert set(found.twins) == {"buys", "pays"}
    assert set(trained.values()) == {2}
    assert not found.looks


def test_of_a_network_of_one_seed_the_twin_has_one_too(examples, roles, make_plan, trained):
    found = fit_candidates(examples, roles, make_plan(seeds=1), ALL)
    assert set(found.twins) == {"buys", "pays"}
    assert set(trained.values()) == {1}
