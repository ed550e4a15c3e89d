#include "svdlens/model/detail/linear_order.hpp"

#include "support/catch.hpp"

using svdlens::detail::linear_order;
using svdlens::detail::linear_orders;

TEST_CASE("an order is agreed on where all of a kind are alike") {
    linear_orders orders;
    CHECK_FALSE(orders.agreed("weight"));
    CHECK_FALSE(orders.contradict("weight", linear_order::in_out));
    CHECK(orders.note("weight", linear_order::out_in));
    CHECK_FALSE(orders.note("weight", linear_order::out_in));
    CHECK(orders.note("kernel", linear_order::in_out));
    CHECK(orders.agreed("weight") == linear_order::out_in);
    CHECK(orders.contradict("weight", linear_order::in_out));
    CHECK_FALSE(orders.contradict("weight", linear_order::out_in));
    orders.note("weight", linear_order::in_out);
    CHECK_FALSE(orders.agreed("weight"));
    CHECK(orders.contradict("weight", linear_order::out_in));
    CHECK(orders.agreed("kernel") == linear_order::in_out);
}
