/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How two halves of a split driver find each other and agree: directories in xenstore and a state
 * each. A half writes only below its own directory and only its own state; it learns of the other's
 * by a watch.
 *
 *     frontend                                     backend
 *     --------                                     -------
 *     Initialising (the toolstack made both)       Initialising
 *                                                   o open what serves the device
 *                                                   o publish features
 *                                                  InitWait
 *      o read features, make rings and channels
 *      o publish them
 *     Initialised
 *                                                   o map the rings, bind the channels
 *                                                   o publish the device's properties
 *                                                  Connected
 *      o read the properties, register the device
 *     Connected
 *
 *     Closing  (either half, or the toolstack in the backend's name)
 *      o wait until nobody uses the device
 *     Closed
 *                                                   o unmap everything
 *                                                  Closed
 *
 * Allowed for a backend besides: from anywhere, when the frontend is at Initialising again, back to
 * InitWait (the frontend was reloaded, or its kernel was and took no leave); from a fresh start
 * straight to Connected, when the frontend already is Initialised or Connected (the backend was
 * reloaded: it takes the ring up where the responses end).
 */
#ifndef SHOJI_XEN_IO_XENBUS_H
#define SHOJI_XEN_IO_XENBUS_H

/* The values of the key "state", in decimal. Linux names them XenbusStateInitialising and so on. */
enum xenbus_state_value {
	XENBUS_UNKNOWN = 0,
	XENBUS_INITIALISING = 1,
	XENBUS_INIT_WAIT = 2,
	XENBUS_INITIALISED = 3,
	XENBUS_CONNECTED = 4,
	XENBUS_CLOSING = 5,
	XENBUS_CLOSED = 6,
	XENBUS_RECONFIGURING = 7,
	XENBUS_RECONFIGURED = 8,
};

#endif
