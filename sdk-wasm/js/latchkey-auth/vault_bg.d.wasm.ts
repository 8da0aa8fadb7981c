/** Its address, where a build knows the attribute with which it is imported. */
declare const address: string;
export default address;
