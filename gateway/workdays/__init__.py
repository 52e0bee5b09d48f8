"""Workdays: public holidays and makeup workdays; the gateway and the centre reckon by the same."""
