import torch

from banian.spec import AlternatingSpec, EqualSpec


def served(shop, balance, updates):
    """Which tasks were served, update by update."""
    return [tuple(shop.update(balance).weight.nonzero().flatten().tolist()) for _ in range(updates)]


def test_each_task_has_its_turn(open_shop, draw_gradients):
    shop = open_shop(draw_gradients(3))
    assert served(shop, shop.build(AlternatingSpec()), 7) == [
        (0,),
        (1,),
        (2,),
        (0,),
        (1,),
        (2,),
        (0,),
    ]


def test_by_grain_the_tasks_of_a_grain_are_served_together(open_shop, draw_gradients):
    """Tasks of even number are of one grain, the others of another."""
    shop = open_shop(draw_gradients(5))
    balance = shop.build(AlternatingSpec(by="grain"))
    assert served(shop, balance, 3) == [(0, 2, 4), (1, 3), (0, 2, 4)]


def test_a_round_adds_up_to_the_mean_of_all(open_shop, draw_gradients):
    for spec, turns in ((AlternatingSpec(), 4), (AlternatingSpec(by="grain"), 2)):
        shop = open_shop(draw_gradients(4))
        balance = shop.build(spec)
        total = torch.zeros(5, dtype=torch.float64)
        for _ in range(turns):
            shop.update(balance)
            total += shop.gradient
        shop.update(shop.build(EqualSpec()))
        torch.testing.assert_close(total / turns, shop.gradient)


def test_whoever_is_away_loses_its_turn_only_until_it_is_back(open_shop, draw_gradients):
    shop = open_shop(draw_gradients(3), [1, 0, 1])
    balance = shop.build(AlternatingSpec())
    assert served(shop, balance, 4) == [(0,), (2,), (0,), (2,)]
    shop.share[1] = 1
    assert served(shop, balance, 2) == [(1,), (0,)]


def test_only_what_is_in_turn_is_computed(open_shop, draw_gradients):
    shop, wanted = open_shop(draw_gradients(4)), []
    micro_batches = shop.micro_batches

    def recorded(count):
        def look(micro_batch):
            return lambda tasks: (wanted.append(list(tasks)), micro_batch.lose(tasks))[1]

        return [
            type(micro_batch)(micro_batch.share, look(micro_batch))
            for micro_batch in micro_batches(count)
        ]

    shop.micro_batches = recorded
    balance = shop.build(AlternatingSpec(by="grain"))
    shop.update(balance)
    shop.update(balance)
    assert wanted == [[0, 2], [1, 3]]
